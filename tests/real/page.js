// page.js CHROMIUM FOLDER - look at full.html, few.html and empty.html of
// FOLDER as a reader would, and say in TAP what was seen.
'use strict';

const fs = require('fs');
const path = require('path');
const { chromium } = require('playwright-core');

const [browser, folder] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync'];
const screens = [
	{ name: 'light', colorScheme: 'light', width: 1200 },
	{ name: 'dark', colorScheme: 'dark', width: 1200 },
	{ name: 'narrow', colorScheme: 'light', width: 360 },
];

let count = 0;
let failed = 0;

function ok(isGood, what, detail) {
	count++;
	if (!isGood)
		failed++;
	console.log(`${isGood ? 'ok' : 'not ok'} ${count} - ${what}`);
	if (!isGood && detail !== undefined)
		console.log(String(detail).replace(/^/gm, '# '));
}

// Open a page; what it asks for, and what it complains of, is noted.
async function open(context, file) {
	const page = await context.newPage();
	const seen = { requests: [], complaints: [] };

	page.on('request', r => seen.requests.push(r.url()));
	page.on('console', m => seen.complaints.push(m.text()));
	page.on('pageerror', e => seen.complaints.push(String(e)));
	page.on('dialog', d => seen.complaints.push('dialog ' + d.message()));
	await page.goto('file://' + path.join(folder, file));
	return { page, seen };
}

async function judge(context, file, screen) {
	const { page, seen } = await open(context, file);
	const what = `${file}, ${screen.name}`;

	ok(seen.requests.length === 1, `${what}: asks for nothing`,
		seen.requests.join('\n'));
	ok(seen.complaints.length === 0, `${what}: nothing to complain of`,
		seen.complaints.join('\n'));
	const wide = await page.evaluate(
		() => document.documentElement.scrollWidth);
	ok(wide <= screen.width, `${what}: fits the width`, `${wide} px`);
	await page.evaluate(() => {
		for (const d of document.querySelectorAll('details'))
			d.open = true;
	});
	// axe is brought in by the debugger, which the page's policy allows.
	await page.evaluate(axe);
	const result = await page.evaluate(() => axe.run(document));
	ok(result.violations.length === 0, `${what}: axe finds nothing`,
		result.violations.map(v => `${v.id}: ${v.help}: ` +
			v.nodes.slice(0, 3).map(n => n.html).join(' | '))
			.join('\n'));
	await page.close();
}

async function readFull(context) {
	const { page } = await open(context, 'full.html');
	const text = await page.textContent('body');
	const rows = await page.locator('#plays tbody tr').count();
	const gaps = await page.locator('#plays tbody tr', { hasText: 'no data' })
		.count();
	const runs = await page.locator('#plays .line.s1').last()
		.getAttribute('d');

	ok(await page.title() === 'A week <of> listening', 'title is text');
	ok(await page.locator('script, img').count() === 0,
		'names from data are no elements');
	ok(text.includes('<script>document.title=1</script>'),
		'names from data are shown as they are');
	ok(rows === 168 && gaps === 5, 'the table has each hour, and the gap',
		`${rows} rows, ${gaps} without data`);
	ok(runs.split('M').length === 3, 'the line is interrupted once');
	await page.keyboard.press('Tab');
	ok(await page.evaluate(() => document.activeElement.className) ===
		'skip', 'the first Tab is the way to the figures');
	await page.locator('#plays summary').focus();
	await page.keyboard.press('Enter');
	ok(await page.locator('#plays table').isVisible(),
		'Enter opens the table');
	await page.close();
}

async function readFew(context) {
	const { page } = await open(context, 'few.html');
	const cards = page.locator('.cards .card');

	ok(await cards.filter({ hasText: 'Streams' }).textContent()
		.then(t => /not measured/.test(t) && !/\d/.test(t.replace('30 s', ''))),
		'a measure that is missing is not measured');
	ok(/\d/.test(await cards.filter({ hasText: 'Plays' }).first()
		.textContent()), 'one that is there has a figure');
	await page.close();
}

async function main() {
	for (const screen of screens) {
		const profile = fs.mkdtempSync(path.join(folder, 'profile-'));
		const context = await chromium.launchPersistentContext(profile, {
			executablePath: browser, headless: true, offline: true,
			args: quiet, colorScheme: screen.colorScheme,
			viewport: { width: screen.width, height: 900 },
		});

		for (const file of ['full.html', 'few.html', 'empty.html'])
			await judge(context, file, screen);
		if (screen.name === 'light') {
			await readFull(context);
			await readFew(context);
		}
		if (process.env.PAGE_SHOTS) {
			const { page } = await open(context, 'full.html');

			await page.screenshot({ fullPage: true, path: path.join(
				process.env.PAGE_SHOTS, screen.name + '.png') });
		}
		await context.close();
	}
	console.log(`1..${count}`);
	process.exitCode = failed === 0 ? 0 : 1;
}

main().catch(e => {
	console.log(`Bail out! ${e.message.split('\n')[0]}`);
	process.exitCode = 1;
});
